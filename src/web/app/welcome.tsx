// What shows before there is a node: what is awaited, or what the person has to do.

import { Button, CopyButton, Text } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { failureOf } from "./failure-notice.tsx";
import { type DismissalReason, isOtherVersion, type TabStatus } from "../tab/tab-context.tsx";
import { useIsOld } from "../tab/page-build.ts";
import { BrandMark } from "./brand.tsx";
import { Loading } from "./loading.tsx";

interface WelcomeProps {
  readonly status: TabStatus;
  readonly isGuest: boolean;
  readonly retry: () => void;
}

export function Welcome(props: WelcomeProps) {
  return (
    <main className="welcome">
      <div className="welcome-card">
        <BrandMark size={72} />
        {props.isGuest && isOver(props.status) ? <GuestText status={props.status} /> : <WelcomeText {...props} />}
      </div>
    </main>
  );
}

/** What the node said, without who said it. */
function reasonOf(error: Error): string {
  return failureOf(error).message.replace(/^the peer ended the session: /, "");
}

function isOver({ kind }: TabStatus): boolean {
  return kind === "stranger" || kind === "dismissed";
}

function GuestText({ status }: { readonly status: TabStatus }) {
  const error = status.kind === "stranger" || status.kind === "dismissed" ? status.error : undefined;
  return (
    <>
      <h1>{error === undefined ? "Nothing is open here" : "You are not let in"}</h1>
      {error !== undefined && <Text>{sentence(reasonOf(error))}</Text>}
      <Text className="quiet">
        Guests come in with a link that whoever runs this Glow makes for them. It works once, in one browser, for a
        time.
      </Text>
    </>
  );
}

function WelcomeText({ status, isGuest, retry }: WelcomeProps) {
  if (status.kind === "stranger") {
    return status.error === undefined ? (
      <Ask title="This browser is new here">
        It is let in with a link that works once, in one browser. Make one on the machine that runs Glow, and open it
        here:
      </Ask>
    ) : (
      <Ask title="This link does not work">
        {sentence(failureOf(status.error).message)} On the machine that runs Glow, this makes one:
      </Ask>
    );
  }
  if (status.kind === "dismissed") {
    return (
      <Ask title={dismissals[status.reason].title}>
        {dismissals[status.reason].text} Your files are where they were. To come back, make a new link on the machine
        that runs Glow:
      </Ask>
    );
  }
  const error = status.kind === "connecting" ? status.error : undefined;
  return <Waiting isGuest={isGuest} isOther={isOtherVersion(status)} error={error} retry={retry} />;
}

interface WaitingProps {
  readonly isGuest: boolean;
  /** It answers, but this page is made for another version of it. */
  readonly isOther: boolean;
  readonly error: Error | undefined;
  readonly retry: () => void;
}

function Waiting({ isGuest, isOther, error, retry }: WaitingProps) {
  const isOld = useIsOld(error);
  if (isOld || isOther) {
    return (
      <>
        <h1>{isOld ? "Glow was updated" : "This page is of another version"}</h1>
        <Text className="quiet">
          {isOld
            ? "This page is still the old one, and cannot speak to it. Nothing is lost: reload it to go on."
            : "Glow is running, but in another version than this page was made for. Nothing is lost: reload it. If that does not help, Glow has to be installed anew on its machine, or restarted."}
        </Text>
        <Button onClick={() => location.reload()}>Reload</Button>
      </>
    );
  }
  return (
    <>
      <h1>{error === undefined ? "Opening" : "The node does not answer"}</h1>
      <Loading label="Connecting" />
      {error !== undefined && (
        <>
          <Text className="quiet">
            {isGuest ? (
              "Is the machine on, and are you in its network?"
            ) : (
              <>
                Is Glow running? Start it with <code>glow start</code>.
              </>
            )}{" "}
            This page connects by itself when it is there.
          </Text>
          <Button variant="default" onClick={retry}>
            Try now
          </Button>
        </>
      )}
    </>
  );
}

const dismissals: Readonly<Record<DismissalReason, { readonly title: string; readonly text: string }>> = {
  "put out": {
    title: "This browser was put out",
    text: "Somebody who manages this Glow has ended its access.",
  },
  over: { title: "The time of this browser is over", text: "The link that it came with was for a limited time." },
  away: {
    title: "This browser was away for too long",
    text: "A page that is not opened for a month is no longer let in, in case it was lost.",
  },
};

const command = "glow page";

function Ask({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <>
      <h1>{title}</h1>
      <Text className="quiet">{children}</Text>
      <div className="command">
        <code>{command}</code>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button
              size="compact-sm"
              variant="subtle"
              onClick={copy}
              leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
    </>
  );
}

function sentence(text: string): string {
  const first = `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
