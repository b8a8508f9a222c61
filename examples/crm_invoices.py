# -*- coding: utf-8 -*-

# zato: ide-deploy=True

# stdlib
from decimal import Decimal

# Zato
from zato.server.service import Service

vat = Decimal('0.23')


class CreateInvoice(Service):
    """ Turns an order's lines into an invoice with its totals.
    """
    name = 'crm.invoice.create'

    def handle(self):
        lines = self.request.payload['lines']
        net = sum(Decimal(line['price']) * line['quantity'] for line in lines)
        self.response.payload = {
            'net': str(net),
            'gross': str((net * (1 + vat)).quantize(Decimal('0.01'))),
        }


class CancelInvoice(Service):
    """ Cancels an invoice that has not been paid yet.
    """
    name = 'crm.invoice.cancel'

    def handle(self):
        invoice_id = self.request.payload['invoice_id']
        self.logger.info('Cancelling invoice `%s`', invoice_id)
        self.response.payload = {'invoice_id': invoice_id, 'cancelled': True}
