/**
 * A certificate authority of one's own, and a certificate that proves who we are, from files in PEM.
 *
 * They are read and checked when the provider is made, so that a mistake is one of the configuration and names its
 * file. One's own authority is trusted besides the public ones (and those of NODE_EXTRA_CA_CERTS), because a token
 * server may be a public one. Certificates are always verified.
 */
import { Effect, Result } from "effect"
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { resolve } from "node:path"
import { getCACertificates } from "node:tls"
import { Limits } from "../../domain/Limits.ts"

/** What connections are made with; PEM texts. */
export interface Tls {
  /** Everybody who is trusted, where one's own authority is. */
  readonly ca?: ReadonlyArray<string>
  readonly cert?: string
  readonly key?: string
}

/** The files that hold it. */
export const tlsParts = ["ca", "cert", "key"] as const
export type TlsPart = (typeof tlsParts)[number]

/** Names of files, as written. */
export type TlsFiles = Readonly<Partial<Record<TlsPart, string>>>

/** What is wrong with one of them. */
export interface BadTls {
  readonly part: TlsPart
  readonly detail: string
  readonly hint: string
}

type Why = Omit<BadTls, "part">

const wordsOf: Readonly<Record<string, string>> = {
  ENOENT: "is not there",
  EACCES: "may not be read",
  EISDIR: "is a directory"
}

const whyUnread = (error: unknown): string => {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
  return wordsOf[code] ?? (error instanceof RangeError ? error.message : `cannot be read (${code})`)
}

const readBounded = async (path: string): Promise<string> => {
  const { size } = await stat(path)
  if (size > Limits.tlsFileBytesMax) throw new RangeError(`is larger than ${Limits.tlsFileBytesMax} bytes`)
  return readFile(path, "utf8")
}

const blocks = (pem: string): ReadonlyArray<string> =>
  pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

const certificates = (pem: string): Result.Result<ReadonlyArray<X509Certificate>, Why> => {
  const found = blocks(pem)
  const hint = "name a file in PEM, which has -----BEGIN CERTIFICATE----- in it"
  if (found.length === 0) return Result.fail({ detail: "holds no certificate", hint })
  return Result.try({
    try: () => found.map((block) => new X509Certificate(block)),
    catch: () => ({ detail: "holds a certificate that cannot be read", hint })
  })
}

const privateKey = (pem: string): Result.Result<KeyObject, Why> =>
  Result.try({
    try: () => createPrivateKey(pem),
    catch: () =>
      pem.includes("ENCRYPTED")
        ? { detail: "holds a key under a passphrase", hint: "name a file with the key itself, readable by you alone" }
        : { detail: "holds no private key", hint: "name a file in PEM, which has -----BEGIN PRIVATE KEY----- in it" }
  })

/** Reads a file and looks whether it holds what it should. */
const load = (root: string, part: TlsPart, name: string): Effect.Effect<string, BadTls> =>
  Effect.tryPromise({
    try: () => readBounded(resolve(root, name)),
    catch: (error) => {
      const hint = "name a file in PEM, relative to the workspace"
      return { part, detail: `the file ${name} ${whyUnread(error)}`, hint }
    }
  }).pipe(Effect.flatMap((pem) => {
    const checked: Result.Result<unknown, Why> = part === "key" ? privateKey(pem) : certificates(pem)
    return Result.isSuccess(checked)
      ? Effect.succeed(pem)
      : Effect.fail({ part, detail: `the file ${name} ${checked.failure.detail}`, hint: checked.failure.hint })
  }))

const isPair = (cert: string, key: string): boolean => {
  const [own] = Result.getOrElse(certificates(cert), () => [])
  return own?.checkPrivateKey(createPrivateKey(key)) === true
}

const misfit = ({ cert, key }: Tls): ReadonlyArray<BadTls> => {
  const hint = "name both files: the certificate, and the key that it was made for"
  if (cert === undefined && key === undefined) return []
  if (cert === undefined) return [{ part: "cert", detail: "is missing beside key", hint }]
  if (key === undefined) return [{ part: "key", detail: "is missing beside cert", hint }]
  const first = "name the key that the certificate was made for; in its file that certificate comes first"
  return isPair(cert, key) ? [] : [{ part: "key", detail: "is not the key of the certificate in cert", hint: first }]
}

/** Reads the files, which relative names find from `root`; or answers all that is wrong with them. */
export const loadTls = Effect.fnUntraced(function*(
  files: TlsFiles,
  root: string
): Effect.fn.Return<Tls, ReadonlyArray<BadTls>> {
  const named = tlsParts.flatMap((part) => files[part] === undefined ? [] : [[part, files[part]] as const])
  const bad: Array<BadTls> = []
  const pems = new Map<TlsPart, string>()
  for (const [part, name] of named) {
    const read = yield* Effect.result(load(root, part, name))
    if (Result.isSuccess(read)) pems.set(part, read.success)
    else bad.push(read.failure)
  }
  if (bad.length > 0) return yield* Effect.fail(bad)
  const [ca, cert, key] = tlsParts.map((part) => pems.get(part))
  const tls: Tls = {
    ...(ca === undefined ? {} : { ca: [...getCACertificates("default"), ...blocks(ca)] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key })
  }
  const wrong = misfit(tls)
  return wrong.length === 0 ? tls : yield* Effect.fail(wrong)
})
