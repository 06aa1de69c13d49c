"""What both front ends share: how a call is entered, what is done in it, and what is kept of it.

`switchboard` makes a wish of a row of the action table and its words, says whether to ask first,
and fulfils it; `errands` are what takes several steps; `answers` are what is said afterwards.
"""
