// The way to a device, hop by hop, and how long each takes: asked of the nodes on it.

import { Button } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import type { Path } from "#interfaces/generated/links.ts";
import type { Device } from "#interfaces/generated/user.ts";
import { FailureNotice } from "../app/failure-notice.tsx";
import { formatRoundTrip } from "../app/format.ts";
import { useConnection } from "../tab/tab-context.tsx";
import { useCall } from "../tab/use-stream.ts";
import { Loading } from "../app/loading.tsx";

export function DevicePath({ device }: { readonly device: Device }) {
  const { node } = useConnection();
  const {
    value: path,
    error,
    reload,
    isWaiting,
  } = useCall(async () => {
    using links = node.links();
    return await links.probe(device.id);
  }, [node, device.id]);
  if (error !== undefined) return <FailureNotice title="It did not answer" error={error} retry={reload} />;
  if (path === undefined) return <Loading label="Asking the way" />;
  return (
    <div className="path">
      <span className="quiet">The way there</span>
      <ol className="path-hops numbers">
        {path.hops.map((hop) => (
          <li key={hop.node}>
            <span>{hop.name ?? hop.node.slice(0, 8)}</span>
            <span className="quiet">
              {hop.roundTripMs === undefined ? "no answer" : formatRoundTrip(hop.roundTripMs)}
            </span>
          </li>
        ))}
      </ol>
      <span className="numbers">
        <strong>{formatRoundTrip(path.roundTripMs)}</strong> there and back{partial(path)}
      </span>
      <Button
        variant="subtle"
        size="compact-sm"
        loading={isWaiting}
        leftSection={<IconRefresh size={15} />}
        onClick={reload}
      >
        Again
      </Button>
    </div>
  );
}

function partial({ isPartial }: Path): string {
  return isPartial ? "; a relay on the way does not tell of itself" : "";
}
