/** The mark: a ring pressed into wax, closed by a tick. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false">
      <g stroke="var(--sg-accent)" strokeLinecap="round" strokeLinejoin="round">
        <circle cx="16" cy="16" r="13" strokeWidth="2.5" />
        <circle cx="16" cy="16" r="9.5" strokeWidth="1.5" strokeDasharray="2.2 1.78" strokeLinecap="butt" />
        <path d="M11.5 16.2l3.2 3.2 6-6.4" strokeWidth="2.5" />
      </g>
    </svg>
  );
}

/** Mark and name together. */
export function Wordmark({ size = 24 }: { size?: number }) {
  return (
    <span style={{ display: "inline-flex", alignItems: "center", gap: 8 }}>
      <Mark size={size} />
      <span style={{ fontWeight: 650, fontSize: size * 0.72, letterSpacing: "-0.01em" }}>Signet</span>
    </span>
  );
}

/** The small seal beside every value that is signed. */
export function Seal({ title }: { title?: string }) {
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 16 16"
      fill="none"
      role={title ? "img" : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
      focusable="false"
    >
      <g stroke="var(--sg-accent)">
        <circle cx="8" cy="8" r="6.5" strokeWidth="1.4" />
        <circle cx="8" cy="8" r="3.6" strokeWidth="1.2" strokeDasharray="1.2 1.1" />
      </g>
    </svg>
  );
}
