"""The services that are there to be deployed."""
import ast
import re

import pytest

from standin import EXAMPLES, wait_for

GOOD = {
    'crm_channel_customer.py': ['crm.channel.customer.get',
                                'crm.channel.customer.update'],
    'crm_invoices.py': ['crm.invoice.cancel', 'crm.invoice.create'],
    'crm_address_model.py': ['crm.address.get'],
}
BROKEN = {
    'crm_broken.py': 'SyntaxError',
    'crm_fails_at_import.py': "ModuleNotFoundError: No module named "
                              "'nosuchmodule'",
    'crm_fails_in_class.py': "KeyError: 'GBP'",
}
MARKER = re.compile(r'^# zato: ide-deploy=True$', re.M)


@pytest.fixture(scope='module', params=('zato-2', 'zato-3.2', 'zato-4'))
def zato(request, make_once):
    zato = make_once(request.param, 2)
    zato.start()
    return zato


def deploy(zato, name):
    since = zato.mark('server1')
    zato.put('server1', name, (EXAMPLES / name).read_bytes())
    zato.wait_for_line('server1', name, since)
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')
    return zato.text('server1', since)


@pytest.mark.parametrize('name', sorted(GOOD))
def test_good(zato, name):
    text = deploy(zato, name)
    assert ('Uploaded' if zato.profile == 'zato-2' else str(GOOD[name])) in text
    assert 'ERROR' not in text


@pytest.mark.parametrize('name', sorted(BROKEN))
def test_broken(zato, name):
    text = deploy(zato, name)
    assert BROKEN[name] in text and 'Deployed' not in text


def test_no_services(zato):
    text = deploy(zato, 'crm_helpers.py')
    assert 'ERROR' not in text and 'Deployed' not in text


def test_they_do_what_they_say(zato):
    if zato.profile == 'zato-4':
        pytest.skip('once is enough')
    for name in GOOD:
        deploy(zato, name)
    assert zato.invoke('server1', 'crm.channel.customer.get',
                       {'customer_id': 1})[0]['name'] == 'Maria Garcia'
    assert zato.invoke('server1', 'crm.channel.customer.update', {
        'customer_id': 1, 'active': False})[0]['active'] is False
    assert zato.invoke('server1', 'crm.invoice.create', {'lines': [
        {'price': '10.00', 'quantity': 2}]}) == [
            {'net': '20.00', 'gross': '24.60'}]
    assert zato.invoke('server1', 'crm.address.get')[0]['city'] == 'Gdansk'


def test_markers():
    for path in EXAMPLES.glob('crm_*.py'):
        text = path.read_text()
        assert bool(MARKER.search(text)) == (path.name != 'crm_helpers.py')
        if path.name != 'crm_broken.py':
            ast.parse(text)
