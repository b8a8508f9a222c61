# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# Zato
from zato.server.service import Service


class GetBalance(Service):
    """ Does not get far: a bracket is not closed.
    """
    name = 'crm.balance.get'

    def handle(self):
        balance = self.cache.get('balance'
        self.response.payload = {'balance': balance}
