# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# A driver that this server does not have.
import nosuchmodule

# Zato
from zato.server.service import Service


class GetLedger(Service):
    """ Reads the ledger of the old accounting system.
    """
    name = 'crm.ledger.get'

    def handle(self):
        self.response.payload = nosuchmodule.ledger(self.request.payload['id'])
