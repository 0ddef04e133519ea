/**
 * Certificates that tests make themselves, with nothing but node:crypto: the few parts of X.509 (RFC 5280) that TLS
 * needs, in DER.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto"

/** A certificate and its key, in PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
  readonly name: string
}

const length = (size: number): Buffer =>
  size < 0x80
    ? Buffer.from([size])
    : size < 0x100
    ? Buffer.from([0x81, size])
    : Buffer.from([0x82, size >> 8, size & 0xff])

const der = (tag: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), length(content.length), content])
}

const sequence = (...parts: ReadonlyArray<Buffer>): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"))
const truth = der(0x01, Buffer.from([0xff]))
const nameOf = (text: string): Buffer =>
  sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from(text, "utf8")))))
const extension = (id: string, critical: ReadonlyArray<Buffer>, value: Buffer): Buffer =>
  sequence(oid(id), ...critical, der(0x04, value))

const ecdsaWithSha256 = sequence(oid("2a8648ce3d040302"))
const validity = sequence(der(0x17, Buffer.from("200101000000Z")), der(0x18, Buffer.from("21200101000000Z")))

const pem = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${
    bytes.toString("base64").replace(/(.{64})/g, "$1\n").trimEnd()
  }\n-----END CERTIFICATE-----\n`

let serial = 0

const make = (name: string, issuer: { readonly name: string; readonly key: KeyObject } | undefined): Pair => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  serial += 1
  const extensions = issuer === undefined
    ? [extension("551d13", [truth], sequence(truth))]
    : [extension("551d11", [], sequence(der(0x82, Buffer.from(name)), der(0x87, Buffer.from([127, 0, 0, 1]))))]
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ecdsaWithSha256,
    nameOf(issuer?.name ?? name),
    validity,
    nameOf(name),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  const signature = sign("sha256", body, issuer?.key ?? privateKey)
  const cert = pem(sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature)))
  return { name, cert, key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() }
}

/** A certificate authority of one's own. */
export const makeAuthority = (name: string): Pair => make(name, undefined)

/** A certificate for a host, and for 127.0.0.1, by an authority. */
export const issue = (authority: Pair, host: string): Pair =>
  make(host, { name: authority.name, key: createPrivateKey(authority.key) })
