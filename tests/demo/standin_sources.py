"""Modules that give the recorded lines, by the recorded file's name."""

IMPORT = 'from zato.server.service import Service\n'


def service(class_name, name, answer='None'):
    return ('\nclass {}(Service):\n    name = {!r}\n    def handle(self):\n'
            '        self.response.payload = {}\n').format(
                class_name, name, answer)


def one(name, answer='None'):
    """A module with one service."""
    return IMPORT + service('Get', name, answer)


BODY = '''\
{}
def compute():

    return 1 / 0

class GetCustomer(Service):
    name = 'crm.body.get'
    rate = compute()
'''.format(IMPORT.rstrip())

BOOM = '''\
{}

def inner():
    raise ValueError("boom with newline\\nsecond line")
inner()
'''.format(IMPORT.rstrip())

MODEL = '''\
from dataclasses import dataclass
from zato.server.service import Model, Service

@dataclass(init=False)
class {}(Model):
    name: str
'''

SC_TWO = IMPORT + service('A', 'sc.two.a') + service('B', 'sc.two.b')

BAD = IMPORT + '\nclass Bad(Service)\n    pass\n'

ZATO_32 = {
    'one': ('crm_one.py', one('crm.customer.get')),
    'redeploy': ('crm_one.py', one('crm.customer.get', '2')),
    'two': ('crm_two.py', IMPORT + service('Update', 'crm.two.update') +
            service('Get', 'crm.two.get')),
    'model': ('crm_model.py', MODEL.format('Customer') +
              service('Get', 'crm.model.get')),
    'syntax-error': ('crm_syntax.py',
                     IMPORT + 'class GetCustomer(Service:\n    pass\n'),
    'import-error': ('crm_import.py', 'import nosuchmodule\n' + IMPORT),
    'class-body-error': ('crm_body.py', BODY),
    'no-services': ('crm_none.py', IMPORT + 'x = 1\n'),
    'unicode': ('crm_unicode.py', one('crm.zażółć.get')),
    'forty-services': ('crm_many.py', IMPORT + ''.join(
        service('S{}'.format(n),
                'crm.many.service-with-a-long-name-{}'.format(n))
        for n in range(1, 41))),
}

ZATO_41 = {
    'deployed': ('sc_ok.py', one('sc.ok')),
    'redeployed': ('sc_ok.py', one('sc.ok', '2')),
    'two': ('sc_two.py', SC_TWO),
    'syntax-error': ('sc_syntax.py', BAD),
    'import-error': ('sc_import.py', 'import no_such_module_xyz\n'),
    'module-body-error': ('sc_boom.py', BOOM),
    'no-services': ('sc_none.py', 'x = 1\n'),
    'empty': ('sc_empty.py', ''),
    'same-service-name-elsewhere': ('sc_dup.py', one('sc.ok')),
    'unnamed-service': ('sc_noname.py',
                        IMPORT + 'class NoName(Service):\n    pass\n'),
    'model-only': ('sc_model.py', MODEL.format('ScModel')),
    'broken-after-good': ('sc_two.py', BAD),
    'fixed-again': ('sc_two.py', SC_TWO),
    'one-of-two-removed': ('sc_two.py', IMPORT + service('A', 'sc.two.a')),
    'odd-file-name': ('sc-dash x.py', one('sc.dash')),
}
