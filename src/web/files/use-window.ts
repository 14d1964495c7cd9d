// Which rows of a long list are in sight, so that only these are made.

import { type RefObject, useLayoutEffect, useRef, useState } from "react";

export interface RowWindow {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
  readonly widthPx: number;
  reveal(row: number): void;
}

/** Rows beyond the edge, made before they are scrolled to. */
const spareRows = 12;

export function useWindow(rows: number, rowPx: number): RowWindow {
  const scroller = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ topPx: 0, heightPx: 800, widthPx: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = (): void =>
      setSize({ topPx: element.scrollTop, heightPx: element.clientHeight, widthPx: element.clientWidth });
    const watcher = new ResizeObserver(measure);
    watcher.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    measure();
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, []);
  const first = Math.max(0, Math.floor(size.topPx / rowPx) - spareRows);
  const end = Math.min(rows, Math.ceil((size.topPx + size.heightPx) / rowPx) + spareRows);
  return {
    scroller,
    first: Math.min(first, end),
    end,
    widthPx: size.widthPx,
    reveal: (row) => {
      const element = scroller.current;
      if (element === null) return;
      const topPx = row * rowPx;
      if (topPx < element.scrollTop) element.scrollTop = topPx;
      else if (topPx + 2 * rowPx > element.scrollTop + element.clientHeight) {
        element.scrollTop = topPx + 2 * rowPx - element.clientHeight;
      }
    },
  };
}
