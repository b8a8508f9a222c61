"""Which ways of delivering are noticed by which version.

A sign, written in place afterwards, shows that there was time to notice.
"""
import os

import pytest

from standin_sources import BAD, one
from standin import put_renamed, touch, wait_for

VERSIONS = {
    '2.0': ('zato-2', False),
    '3.2': ('zato-3.2', False),
    '3.2 polling': ('zato-3.2', True),
    '4.1': ('zato-4', False),
}


@pytest.fixture(scope='module', params=sorted(VERSIONS))
def version(request):
    return request.param


@pytest.fixture(scope='module')
def zato(version, make_once):
    profile, polling = VERSIONS[version]
    zato = make_once(profile)
    zato.polling = polling
    zato.start('gap=0', 'poll=0.1', 'look=0', polling=polling)
    return zato


def deploys(zato, module, since):
    """How often the server has said that it deployed the module."""
    return sum(module in line and 'eployed' in line or
               module in line and 'Uploaded' in line
               for line in zato.lines('server1', since))


def rest(zato):
    wait_for(lambda: not zato.show('server1')['busy'], 'rest')


def give_a_sign(zato, name, since, polling=False):
    path = zato.put('server1', name, one('sign.' + name))

    def seen():
        if polling:
            touch(path)  # what changes during a look is lost
        return any(name in line for line in zato.lines('server1', since))
    wait_for(seen, 'the sign')
    rest(zato)


def count(zato, name, deliver):
    """Deliveries of one module that were noticed."""
    rest(zato)
    since = zato.mark('server1')
    module = 'way_{}.py'.format(name)
    path = zato.pickup('server1') / module
    deliver(path)
    give_a_sign(zato, 'sign_{}.py'.format(name), since,
                zato.polling)
    return deploys(zato, module, since)


def test_in_place(zato):
    assert count(zato, 'in_place', lambda path: path.write_text(
        one('way.in-place'))) == 1


def test_renamed_inside(zato, version):
    noticed = count(zato, 'inside', lambda path: put_renamed(
        path, one('way.inside'), path.parent))
    assert noticed == (1 if version in ('2.0', '3.2 polling') else 0)


def test_renamed_from_outside(zato, version):
    noticed = count(zato, 'outside', lambda path: put_renamed(
        path, one('way.outside'), zato.path('server1')))
    assert noticed == (1 if version in ('2.0', '3.2 polling') else 0)


def test_linked_from_outside(zato, version):
    staged = zato.path('server1') / '.linked'
    staged.write_text(one('way.linked'))
    noticed = count(zato, 'linked', lambda path: os.link(
        str(staged), str(path)))
    assert noticed == (1 if version == '3.2 polling' else 0)


def test_renamed_then_opened(zato, version):
    def deliver(path):
        put_renamed(path, one('way.opened'), zato.path('server1'))
        touch(path)
    noticed = count(zato, 'opened', deliver)
    assert noticed == (2 if version == '2.0' else 1)


def test_touched_alone(zato, version):
    """Times set without opening are a change only for who looks at times."""
    path = zato.put('server1', 'way_times.py', one('way.times'))
    zato.wait_for_line('server1', 'way_times.py')
    noticed = count(zato, 'times', lambda path: os.utime(
        str(path), (1000000000, 1000000000)))
    assert path.exists()
    assert noticed == (1 if version == '3.2 polling' else 0)


def test_other_names(zato):
    since = zato.mark('server1')
    for name in ('way_note.txt', '.way_hidden', 'way_old.py~'):
        zato.put('server1', name, 'no module')
    give_a_sign(zato, 'sign_names.py', since, zato.polling)
    assert 'way_note' not in zato.text('server1', since)
    assert 'way_hidden' not in zato.text('server1', since)
    assert 'way_old' not in zato.text('server1', since)


def test_in_pieces(zato, version):
    """Half a module is a syntax error; only inotify 2.0 and 3.2 wait."""
    rest(zato)
    since = zato.mark('server1')
    text = one('way.pieces')
    path = zato.pickup('server1') / 'way_pieces.py'
    with open(str(path), 'w') as file:
        file.write(text + '(')
        file.flush()
        if version in ('2.0', '3.2'):
            give_a_sign(zato, 'sign_pieces.py', since)
            assert 'way_pieces' not in zato.text('server1', since)
        else:
            zato.wait_for_line('server1', 'Could not load source', since)
        file.truncate(len(text))
    good = 'Uploaded' if version == '2.0' else "['way.pieces']"

    def taken():
        if version == '3.2 polling':
            touch(path)  # what changes during a look is lost
        return any(good in line for line in zato.lines('server1', since))
    wait_for(taken, 'the whole module')
    errors = zato.text('server1', since).count('Could not load source')
    assert errors > 0 if version in ('3.2 polling', '4.1') else errors == 0


def test_several_at_once(zato):
    names = ['many_{}.py'.format(n) for n in range(8)]
    since = zato.mark('server1')
    for name in names:
        zato.put('server1', name, one('many.' + name))

    def taken():
        lost = [name for name in names
                if name not in zato.text('server1', since)]
        for name in lost if zato.polling else ():
            touch(zato.pickup('server1') / name)
        return not lost
    wait_for(taken, 'all of them')


def test_polling_loses_changes_while_it_looks(make):
    zato = make('zato-3.2')
    zato.start('poll=0.1', 'look=0.5', polling=True)
    since = zato.mark('server1')
    zato.put('server1', 'a.py', one('look.a'))
    zato.wait_for_line('server1', 'a.py', since)
    zato.put('server1', 'b.py', one('look.b'))  # within the look
    give_a_sign_later(zato, since)
    assert 'b.py' not in zato.text('server1', since)

    def taken():
        touch(zato.pickup('server1') / 'b.py')
        return 'b.py' in zato.text('server1', since)
    wait_for(taken, 'a touch that is not within a look')


def give_a_sign_later(zato, since):
    """A file that polling sees: new ones, until one was."""
    number = iter(range(1000))

    def seen():
        zato.put('server1', 'sign.py',
                 one('sign') + '# {}\n'.format(next(number)))
        return 'sign.py' in zato.text('server1', since)
    wait_for(seen, 'the end of the look')


def test_zato_4_drops_a_second_save(make):
    """The same file within the gap; another file is not concerned."""
    zato = make('zato-4')
    zato.start('gap=1')
    zato.put('server1', 'a.py', one('gap.a'))
    zato.wait_for_line('server1', "['gap.a']")
    zato.put('server1', 'a.py', one('gap.other'))
    zato.put('server1', 'b.py', one('gap.b'))
    zato.wait_for_line('server1', "['gap.b']")
    assert zato.invoke('server1', 'gap.other') == ['no such service']

    def taken():
        touch(zato.pickup('server1') / 'a.py')
        return "['gap.other']" in zato.text('server1')
    wait_for(taken, 'the end of the gap')


def test_zato_4_folders_below(make):
    zato = make('zato-4')
    below = zato.pickup('server1') / 'crm' / 'sales'
    (zato.pickup('server1') / 'crm').mkdir()
    zato.start()
    below.mkdir()
    module = below / 'orders.py'

    def taken():
        module.write_text(one('orders.get'))
        return str(module) in zato.text('server1')
    wait_for(taken, 'a folder made while it runs')


def test_each_server_has_its_own_pickup_directory(make):
    """Zato 4 shares nothing; 3.2 shares what any running server noticed."""
    four = make('zato-4', 2)
    four.start()
    four.put('server1', 'a.py', one('own.a'))
    four.wait_for_line('server1', 'a.py')
    four.put('server2', 'b.py', one('own.b'))
    four.wait_for_line('server2', 'b.py')
    assert 'a.py' not in four.text('server2')
    three = make('zato-3.2', 3)
    three.start('server1', 'server3')
    three.put('server2', 'lost.py', one('own.lost'))  # nobody watches there
    three.put('server3', 'c.py', one('own.c'))
    for server in ('server1', 'server3'):
        three.wait_for_line(server, "['own.c']")
        assert three.copy(server, 'c.py').read_text() == one('own.c')
        assert 'lost.py' not in three.text(server)
    assert not three.log('server2').exists()


def test_first_server_speaks_first(make):
    zato = make('zato-3.2', 2)
    zato.start('share=0.2')
    zato.put('server2', 'a.py', one('order.a'))
    zato.wait_for_line('server2', 'a.py')
    assert "['order.a']" not in zato.text('server1')
    zato.wait_for_line('server1', 'a.py')


def test_deleted_after_pickup(make):
    zato = make('zato-2', delete_after_pickup=True)
    zato.start()
    path = zato.put('server1', 'a.py', one('gone.a'))
    zato.wait_for_line('server1', 'Uploaded')
    assert not path.exists()
    assert zato.copy('server1', 'a.py').exists()


def test_broken_replaces_nothing(make):
    """What ran before a broken version goes on running."""
    zato = make('zato-3.2')
    zato.start()
    zato.put('server1', 'a.py', one('keep.a', '1'))
    zato.wait_for_line('server1', "['keep.a']")
    zato.put('server1', 'a.py', BAD)
    zato.wait_for_line('server1', 'No services nor models')
    assert zato.invoke('server1', 'keep.a') == [1]
