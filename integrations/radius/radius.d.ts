/** The part of the codec that is used here; the package brings no types. */
declare module 'radius' {
  interface Encoding {
    code: 'Access-Request' | 'Status-Server';
    secret: string;
    identifier: number;
    authenticator: Buffer;
    /** Name and value in the order of the packet. Text of `User-Password` is hidden (RFC 2865, 5.2). */
    attributes: [string, string | number | Buffer][];
    add_message_authenticator: boolean;
  }

  const radius: { encode(encoding: Encoding): Buffer };
  export default radius;
}
