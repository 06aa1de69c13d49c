"""The call as text for whoever has an ssh client and nothing else (extra `cellcall[ssh]`).

Nobody gets a shell, a command, a file, an agent or a forwarded port: a guest's terminal shows one
`cellcall join --guest`, a process of its own, and all else is refused by never being offered.
"""
