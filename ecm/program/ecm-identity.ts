import { IdentityFile, type ProgramIdentity } from '../../agents/program-identity.ts';
import { textField, wholeField } from '../../agents/wire-fields.ts';

interface EcmMembers {
  ecmHostId: number;
  name: string;
}

/** What a host of the Endpoint Credential Manager is after enrolment. */
export type EcmIdentity = EcmMembers & ProgramIdentity;

/** Keeps the identity of an ECM host in its state directory. */
export class EcmIdentityFile extends IdentityFile<EcmMembers> {
  constructor(stateDir: string) {
    super(stateDir, {
      read: (file) => ({
        ecmHostId: wholeField(file, 'ecm_host_id', 1, 2 ** 31 - 1),
        name: textField(file, 'name', 128),
      }),
      write: ({ ecmHostId, name }) => ({ ecm_host_id: ecmHostId, name }),
    });
  }
}
