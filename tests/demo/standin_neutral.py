"""Leaves of a log's lines what does not differ from run to run: time, pid,
thread, request, paths and line numbers of others' files are made equal."""
import re

_RULES = [(re.compile(pattern, re.M), text) for pattern, text in (
    (r'^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - ', 'TIME - '),
    (r' - \d+:(Dummy-\d+|MainThread) - ', ' - PID:THREAD - '),
    (r' - \d{8}-\d{6}-\d{4}-[0-9a-f]{17} - ', ' - REQUEST - '),
    (r'cid=[0-9a-f]{24};', 'cid=CID;'),
    (r'remote-addr=127.0.0.1:\d+', 'remote-addr=ADDRESS'),
    (r'File "(/opt/zato/current/|<frozen importlib)([^"]*)", line \d+',
     r'File "\1\2", line N'),
    (r'\(pid: \d+\)', '(pid: PID)'),
    (r'\((server\d:)?\d+\)', r'(\1PID)'),
    (r'\((server\d:)PID\) \(PID\)', r'(\1PID) (PID)'),
    (r'with pid: \d+', 'with pid: PID'),
    (r'is \d+$', 'is PID'),
    (r'http://127.0.0.1:\d+', 'http://ADDRESS'),
    (r'Starting Zato (\d)\.(\d)\S*( \(demo-server\))?', r'Starting Zato \1.\2'),
)]


def neutral(text, environment='/opt/zato/env/qs-1'):
    """The lines of a log's text, made comparable."""
    text = text.replace(str(environment) + '/', 'ENVIRONMENT/')
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.split('\n')
