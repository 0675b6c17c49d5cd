"""What the bytes and documents of others say: file forms, access policies, addresses.

Room:        forms
Holds:       readers of formats that others defined, one a file, each with its source
May import:  errors
May touch:   nothing; bytes and documents are handed over
Rule:        says what is there; what it does not know it calls unknown, and never guesses
"""
