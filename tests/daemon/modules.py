"""Modules that the tests deploy, and what came of them."""

GOOD = """\
from zato.server.service import Service


class Get(Service):
    name = 'crm.get'

    def handle(self):
        self.response.payload = {number}
"""
IMPORT_ERROR = "x = 1\nimport nosuchmodule\n"
SYNTAX_ERROR = "x = 1\ndef broken(:\n    pass\n"


def good(number=1):
    return GOOD.replace("{number}", str(number))


def states(deploy):
    return [server["state"] for server in deploy["servers"]]
