// Limits of the page's server: who talks to it is a browser, or anything else that finds the port. In `limits.ts` as all others.

/** Limits of the HTTP server, and of what it hands out. */
export const webLimits = {
  /** Where the page is served if nothing else is said, and that is free. */
  port: 4569,
  /** And by HTTPS, to others in the local network. */
  securePort: 4570,
  /** Addresses of this machine at which others are served. */
  networkAddresses: 16,
  /** How long the certificate of a server holds, and how long before its end it gets another. */
  certificateMs: 1_209_600_000,
  certificateRenewalMs: 345_600_000,
  /** Sockets at once, and those of one remote address: more are closed as they come. */
  sockets: 512,
  socketsPerAddress: 128,
  /** Of a request: its first line with all headers. Longer is 431. */
  headerBytes: 16_384,
  /** How long a request's headers may take, and how long a socket is kept between two requests. */
  headersMs: 10_000,
  keepAliveMs: 20_000,
  /** Requests on one socket. */
  requestsPerSocket: 1000,
  /** Requests of one remote address: so many at once, then so many a second. Past it: 429. */
  requestBurst: 400,
  requestsPerSecond: 200,
  /** Remote addresses whose rate is remembered; past it the one seen longest ago is forgotten. */
  rateAddresses: 1024,
  /** A file of the page, and all of them. */
  fileBytes: 8_388_608,
  files: 1024,
  /** Tickets for contents, and those of one caller: past it the caller's oldest goes. */
  tickets: 4096,
  ticketsPerCaller: 256,
  /** How long a ticket holds; it is made anew by whoever still needs it. */
  ticketMs: 3_600_000,
  /** Contents that are sent at once. Past it: 503. */
  contents: 64,
  /** Links to the page that were given out and hold still. */
  pageLinks: 64,
  /** Links for guests that hold, the folders that one gives, and how long it may hold: 30 days. */
  guests: 64,
  guestPlaces: 16,
  guestMs: 2_592_000_000,
  /** What one guest may write if nothing else is set (`pageGuestBytes`), and what each file, folder or move counts for at least. */
  guestBytes: 1_000_000_000,
  guestEntryBytes: 1024,
  /** So much of what a guest has written may be forgotten if the node ends without closing. */
  guestUnsavedBytes: 16_777_216,
  /** Connections of guests at once, those of one link, and how often one may try to be let in. */
  guestSessions: 128,
  guestSessionsEach: 8,
  guestAttempts: 4,
  /** How long a connection may take to be let in. */
  guestEntryMs: 20_000,
  /** Files that a guest may name by what was read or removed last. */
  guestObjects: 1024,
  /** A file name in an answer's headers, in UTF-8. */
  downloadNameBytes: 255,
} as const;
