// The systemd unit of a node: a text that says which program runs it, and what it may not do.
//
// In a unit of a user, systemd can hide folders or make them read-only only by namespaces of their own; a node that keeps folders of
// its user the same as drives, wherever these lie, has to see the files as its user does. So what is taken from it are calls of
// the system that no node makes, and nothing that lies in the way of files, their watches, or sockets.

export interface ServiceUnit {
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly string[];
  /** Of the node; shown to people. */
  readonly home: string;
}

export function unitText({ command, home }: ServiceUnit): string {
  return `# Made by \`glow service install\`, which makes it anew; \`glow service remove\` takes it away.

[Unit]
Description=Glow node in ${home.replaceAll("%", "%%")}
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=exec
ExecStart=${command.map(unitWord).join(" ")}
Restart=on-failure
RestartSec=2
TimeoutStopSec=60
KillMode=mixed
NoNewPrivileges=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
`;
}

/** One word of a command line, as systemd.service(5) and systemd.syntax(7) read it back. */
export function unitWord(word: string): string {
  const escaped = word.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}

/** Whether a path can stand in a unit at all: a line ends where it ends. */
export function fitsUnit(path: string): boolean {
  return !/[\p{Cc}]/u.test(path);
}
