# -*- coding: utf-8 -*-

""" Functions that services share. It holds no service, so it has no marker:
it is deployed by hand if at all, and servers answer that nothing was deployed.
"""


def full_name(customer):
    return '{} {}'.format(customer['first_name'], customer['last_name']).strip()
