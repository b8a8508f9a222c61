# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# Zato
from zato.server.service import Service

customers = {
    '1': {'name': 'Maria Garcia', 'segment': 'retail', 'active': True},
    '2': {'name': 'Anna Nowak', 'segment': 'business', 'active': True},
}


class GetCustomer(Service):
    """ Returns a customer by id.
    """
    name = 'crm.channel.customer.get'

    input = 'customer_id'
    output = 'name', 'segment', 'active'

    def handle(self):
        customer_id = str(self.request.input['customer_id'])
        self.logger.info('Looking for customer `%s`', customer_id)
        self.response.payload = customers[customer_id]


class UpdateCustomer(Service):
    """ Changes what is known of a customer.
    """
    name = 'crm.channel.customer.update'

    input = 'customer_id', '-name', '-segment', '-active'

    def handle(self):
        changes = dict(self.request.input)
        customer = customers[str(changes.pop('customer_id'))]
        customer.update(changes)
        self.response.payload = customer
