/** The service that the walkthrough deploys, and how it looks with an error. */
export const EXAMPLE = `# -*- coding: utf-8 -*-

# zato: ide-deploy=True

from zato.server.service import Service


class Hello(Service):
    """ Says hello. Save this file, and look at the status bar.
    """
    name = 'hotbridge.example.hello'

    def handle(self):
        self.response.payload = {'message': 'Hello from hotbridge'}
`;

export const EXAMPLE_BROKEN = EXAMPLE.replace("def handle(self):", "def handle(self)");
