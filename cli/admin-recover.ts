import { parseArgs } from 'node:util';
import { recoverAdministrator } from '../appliance/access/administrator-recovery.ts';
import { ApplianceError } from '../appliance/errors.ts';
import { BusCredentialEvents } from '../appliance/sessions/bus-credential-events.ts';
import { readConfig } from '../config.ts';
import { Argon2PasswordHasher } from '../integrations/argon2/argon2-password-hasher.ts';
import { PgNodeBus } from '../schema/node-bus/pg-node-bus.ts';
import { PgUnitOfWork } from '../schema/pg-stores.ts';
import { connect } from '../schema/sql.ts';
import { openHostDatabase, personAtHost } from './host-database.ts';
import { note, say } from './output.ts';

const HELP = `bh admin recover [--create] [USERNAME]

Makes USERNAME (default: admin) an administrator who can sign in: enabled, unlocked, from any network, without second
factors, with a new password that is printed once and has to be changed. A network restriction of administrators is
lifted. Ends that person's sign-ins. Works on the database of BRIDGEHEAD_DATA_DIR or DATABASE_URL, whether or not a
server runs. Audited.

A name that nobody has is refused; with --create it becomes a new administrator. So is an account of a directory, whose
password is not kept here.`;

/** Runs on the server's machine. Answers the exit code. */
export async function adminRecover(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, create: { type: 'boolean' } },
  });
  if (values.help || positionals.length > 1) {
    (values.help ? say : note)(HELP);
    return values.help ? 0 : 2;
  }
  const database = await openHostDatabase(readConfig(process.env));
  const sql = connect(database.address, { max: 2, name: 'bh admin recover' });
  const bus = new PgNodeBus(database.address, (error) => note(`A message could not be read: ${error}`));
  try {
    const recovered = await recoverAdministrator(
      {
        unitOfWork: new PgUnitOfWork(sql),
        passwords: new Argon2PasswordHasher(),
        events: new BusCredentialEvents(bus, (error) => note(`Servers could not be told: ${error}`)),
      },
      positionals[0] ?? 'admin',
      { kind: 'system', name: `bh admin recover by ${personAtHost()}` },
      { create: values.create === true },
    );
    say(`${recovered.created ? 'Created' : 'Recovered'} administrator ${recovered.username}.`);
    say(`Sign in with the password ${recovered.password}`);
    say('It is shown this once; you choose your own at the first sign-in.');
    return 0;
  } catch (error) {
    if (!(error instanceof ApplianceError)) throw error;
    if (error.code === 'conflict') {
      throw new Error(
        `${error.message} Nothing was changed. Recover a local account, or make one with --create and a name that nobody has.`,
      );
    }
    if (error.code !== 'not_found') throw error;
    throw new Error(
      `${error.message} Nothing was changed. To make a new administrator of that name, add --create.`,
    );
  } finally {
    await bus.close();
    await sql.end({ timeout: 5 });
    await database.close();
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await adminRecover(process.argv.slice(2));
  } catch (error) {
    note(`bh: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
