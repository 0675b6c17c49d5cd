"""The world, one outside thing a file, behind the ports the rest of govgate is given.

Room:        adapters
Holds:       implementations of ports: folders, keys, clocks, tables, registries
May import:  ports, profile, records, ledger, policy, tree, canon, errors, and outside libraries
May touch:   files, clocks, the network: each file its one outside thing
Rule:        no adapter imports another; only the front door opens them
"""
