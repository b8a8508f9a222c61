# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# stdlib
from dataclasses import dataclass

# Zato
from zato.server.service import Model, Service


@dataclass(init=False)
class Address(Model):
    street: str
    city: str
    postcode: str


class GetAddress(Service):
    """ Returns the address that invoices go to.
    """
    name = 'crm.address.get'

    def handle(self):
        address = Address()
        address.street = 'Long Street 12'
        address.city = 'Gdansk'
        address.postcode = '80-001'
        self.response.payload = address.to_dict()
