// The mark of Glow: it breathes while something is awaited.

export function BrandMark({ size }: { readonly size: number }) {
  return <img src="/icon.svg" alt="" width={size} height={size} />;
}
