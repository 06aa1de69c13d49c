"""Speech into words: faster-whisper in a process of its own, with a model the person has brought.

`model_folder` says whether a folder is one, `program` is that process, `process` starts it and
talks with it. Only `program` imports the library.
"""
