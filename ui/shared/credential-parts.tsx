import type { Schema } from './api.ts';
import { Copyable } from './copyable.tsx';
import { SecretText } from './secret-text.tsx';

/** What a checked-out account signs in with, piece by piece; nothing secret is on the screen until it is asked for. */
export function CredentialParts({
  name,
  credential,
}: {
  /** Of the account; files are called after it. */
  name: string;
  credential: Schema<'VaultAccountCredential'>;
}) {
  const file = fileNameOf(name);
  const { username, password, token, private_key, private_key_passphrase, signed_public_cert } = credential;
  return (
    <>
      {username !== undefined && <Copyable label="Username" text={username} />}
      {password !== undefined && <SecretText label="Password" text={password} />}
      {token !== undefined && <SecretText label="Token" text={token} />}
      {private_key !== undefined && <SecretText label="Private key" text={private_key} fileName={file} />}
      {private_key_passphrase !== undefined && (
        <SecretText label="Passphrase of the private key" text={private_key_passphrase} />
      )}
      {signed_public_cert !== undefined && (
        <Copyable
          label="Certificate"
          help="Beside the private key, under this name, ssh finds it by itself."
          text={signed_public_cert}
          fileName={`${file}-cert.pub`}
        />
      )}
    </>
  );
}

/** A name for the file of a key that every system takes. */
function fileNameOf(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+/, '') || 'key';
}
