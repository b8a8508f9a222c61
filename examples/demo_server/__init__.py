"""A stand-in for Zato servers: notices, imports and logs modules as they do.

It is not Zato. It lays out a quickstart environment (layout), watches pickup
directories in the ways of three versions (watch), shares deploys between
servers (database), imports modules in worker processes (worker, importer)
against a tiny `zato` package of its own, and writes each server's log line by
line as the version does (log, profiles). Knobs make it slow, silent or wrong.
"""

TITLE = 'a stand-in for Zato servers, not Zato itself'
