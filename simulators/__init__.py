"""Somebody else's systems, over real HTTP and SMTP, with faults on request. They import none of our code.

Each is a process of its own with its own storage: `python -m simulators tax-bureau --port 8101 --data FOLDER`.
"""
