/**
 * Which hosts are this machine: what is sent there in clear crosses no network.
 */

/** Tells whether a host, as an address names it, is this machine: 127.0.0.0/8, ::1 or localhost. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
