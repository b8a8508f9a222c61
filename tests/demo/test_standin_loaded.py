"""What a server says that it has loaded is what its last import left there."""
import json

from standin_sources import BAD, one
from standin import demo_server


def put(zato, text, line, module='a.py'):
    since = zato.mark('server1')
    zato.put('server1', module, text)
    zato.wait_for_line('server1', line, since)


def test_loaded_is_the_last_good_import(make):
    zato = make('zato-3.2', 2)
    zato.start()
    assert zato.running == ['server1', 'server2']
    assert zato.loaded('server1', 'a.py') == {}
    put(zato, one('load.a', '1'), "['load.a']")
    zato.wait_for_line('server2', "['load.a']")
    for server in zato.names:
        assert zato.loaded(server, 'a.py') == {'load.a': 1}
    put(zato, BAD, 'No services nor models')
    assert zato.loaded('server1', 'a.py') == {'load.a': 1}
    # Other names: those of before are no longer the module's.
    put(zato, one('load.c', '333'), "['load.c']")
    assert zato.loaded('server1', 'a.py') == {'load.c': 333}
    assert zato.copies('server1') == zato.server('server1') / \
        'work/hot-deploy/current'


def test_loaded_after_a_restart(make):
    zato = make('zato-4')
    zato.start()
    put(zato, one('load.a', '1'), "['load.a']")
    zato.stop('server1')
    assert zato.running == []
    zato.start()
    assert zato.loaded('server1', 'a.py') == {'load.a': 1}
    assert zato.copies('server1') == zato.pickup('server1')


def test_a_false_witness_loads_nothing(make):
    zato = make('zato-3.2')
    zato.start('witness=on')
    put(zato, one('load.a', '1'), "['load.a']")
    assert zato.loaded('server1', 'a.py') == {}


def test_services_that_fail_or_answer_oddly(make):
    zato = make('zato-3.2')
    zato.start()
    put(zato, one('load.a', '1 / 0'), "['load.a']")
    assert zato.loaded('server1', 'a.py') == {
        'load.a': {'error': 'ZeroDivisionError: division by zero'}}
    for number, odd in enumerate(('object()', '{1: {2}}', 'exit(3)')):
        put(zato, one('load.odd', odd), 'Deployed', 'b{}.py'.format(number))
        assert 'error' in zato.loaded(
            'server1', 'b{}.py'.format(number))['load.odd']


def test_loaded_by_command_line(make):
    zato = make('zato-3.2')
    zato.start(workers=2)
    since = zato.mark('server1')
    zato.put('server1', 'a.py', one('load.a', "'hello'"))
    zato.wait_for_line('server1', "['load.a']", since, count=2)
    for name in ('a', 'a.py'):
        shown = demo_server('loaded', zato.server('server1'), name)
        assert shown.returncode == 0, shown.stderr
        assert json.loads(shown.stdout) == {'load.a': 'hello'}
    zato.stop('server1')
    assert demo_server(
        'loaded', zato.server('server1'), 'a').returncode == 2
