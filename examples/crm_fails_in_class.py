# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# Zato
from zato.server.service import Service

rates = {'EUR': 1.0, 'PLN': 4.3}


def rate_of(currency):
    return rates[currency]


class Convert(Service):
    """ Converts amounts; one of its currencies has no rate.
    """
    name = 'crm.amount.convert'

    default_rate = rate_of('GBP')

    def handle(self):
        amount = self.request.payload['amount']
        self.response.payload = {'amount': amount * self.default_rate}
