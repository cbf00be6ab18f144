/** Inner functions of the library: what certificates need of them. */
declare module 'ssh2/lib/protocol/utils.js' {
  const utils: {
    /** Sends a finalised packet, or holds it back while keys are exchanged. */
    sendPacket(protocol: object, packet: unknown): boolean;
    /** A signature as OpenSSL makes it in the form SSH wants, by kind of key. False or undefined: it is none. */
    convertSignature(signature: Buffer, keyType: string): Buffer | false | undefined;
  };
  export default utils;
}
