import { IdentityFile, type ProgramIdentity } from '../program-identity.ts';
import { textField, wholeField } from '../wire-fields.ts';

interface JumpointMembers {
  jumpointNodeId: number;
  jumpointName: string;
}

/** What a program of a Jumpoint is after enrolment. */
export type JumpointIdentity = JumpointMembers & ProgramIdentity;

/** Keeps the identity of a Jumpoint program in its state directory. */
export class IdentityStore extends IdentityFile<JumpointMembers> {
  constructor(stateDir: string) {
    super(stateDir, {
      read: (file) => ({
        jumpointNodeId: wholeField(file, 'jumpoint_node_id', 1, 2 ** 31 - 1),
        jumpointName: textField(file, 'jumpoint_name', 255),
      }),
      write: (identity) => ({
        jumpoint_node_id: identity.jumpointNodeId,
        jumpoint_name: identity.jumpointName,
      }),
    });
  }
}
