"""Words on the command line, one verb a file.

Room:        cli
Holds:       argument parsing, printing, exit codes
May import:  project, engine, gates, gate, policy, ledger, identifiers, records, errors,
             pydantic, rich
May touch:   files it is told of, stdout, stderr
Rule:        stdout is the document, stderr is for people, the exit code is the answer
"""
