import { Secret, TOTP } from 'otpauth';
import type { TotpCodes } from '../../appliance/access/second-factor.ts';

const FORM = { algorithm: 'SHA1', digits: 6, period: 30 };
const SECRET_BYTES = 20;

/** RFC 6238 as authenticator apps speak it. */
export const otpauthTotpCodes: TotpCodes = {
  newSecret: () => new Secret({ size: SECRET_BYTES }).base32,
  uri: (secret, { issuer, account }) => new TOTP({ ...FORM, issuer, label: account, secret }).toString(),
  stepOf(secret, code, at) {
    const timestamp = at.getTime();
    const delta = TOTP.validate({
      ...FORM,
      token: code,
      secret: Secret.fromBase32(secret),
      timestamp,
      window: 1,
    });
    return delta === null ? undefined : TOTP.counter({ period: FORM.period, timestamp }) + delta;
  },
};
