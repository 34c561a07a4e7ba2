import { useQuery } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useNavigate,
} from "@tanstack/react-router";
import { useCallback } from "react";
import { asProblem } from "./api/problem";
import { meQuery, onSignedOut, queryClient } from "./api/queries";
import { DashboardPage } from "./dashboard/DashboardPage";
import { DashboardsPage } from "./dashboard/DashboardsPage";
import { parseSearch, type Search, stringifySearch } from "./dashboard/urlState";
import { Page } from "./frame/Page";
import { Shell } from "./frame/Shell";
import { LiveProvider } from "./live/Live";
import { ReceiptPage } from "./receipt/ReceiptPage";
import { AccountPage } from "./session/AccountPage";
import { SetupPage } from "./session/SetupPage";
import { SignInPage } from "./session/SignInPage";
import { endSession } from "./session/session";
import { Empty } from "./state/Delayed";
import { ProblemPanel } from "./state/ProblemPanel";

const root = createRootRoute({ component: Outlet });

const signin = createRoute({ getParentRoute: () => root, path: "/signin", component: SignInPage });
const setup = createRoute({ getParentRoute: () => root, path: "/setup", component: SetupPage });

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ location }) => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me) throw redirect({ to: "/signin", search: nextOf(location.href), replace: true });
  },
  component: Inside,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/dashboards", replace: true });
  },
});

const dashboards = createRoute({
  getParentRoute: () => inside,
  path: "/dashboards",
  component: DashboardsPage,
});

const dashboard = createRoute({
  getParentRoute: () => inside,
  path: "/dashboards/$id",
  component: DashboardPage,
});

const receipt = createRoute({ getParentRoute: () => inside, path: "/receipts/$id", component: ReceiptPage });
const account = createRoute({ getParentRoute: () => inside, path: "/account", component: AccountPage });
// Few people look after keys and access: their pages load when they are opened.
const keys = createRoute({
  getParentRoute: () => inside,
  path: "/keys",
  component: lazyRouteComponent(() => import("./trust/pages"), "KeysPage"),
});
const key = createRoute({
  getParentRoute: () => inside,
  path: "/keys/$id",
  component: lazyRouteComponent(() => import("./trust/pages"), "KeyPage"),
});
const secrets = createRoute({
  getParentRoute: () => inside,
  path: "/secrets",
  component: lazyRouteComponent(() => import("./trust/pages"), "SecretsRoute"),
});
const access = createRoute({
  getParentRoute: () => inside,
  path: "/access",
  component: lazyRouteComponent(() => import("./trust/pages"), "AccessPage"),
});
const user = createRoute({
  getParentRoute: () => inside,
  path: "/access/users/$name",
  component: lazyRouteComponent(() => import("./trust/pages"), "UserPage"),
});
const group = createRoute({
  getParentRoute: () => inside,
  path: "/access/groups/$name",
  component: lazyRouteComponent(() => import("./trust/pages"), "GroupPage"),
});
const role = createRoute({
  getParentRoute: () => inside,
  path: "/access/roles/$name",
  component: lazyRouteComponent(() => import("./trust/pages"), "RolePage"),
});
const policy = createRoute({
  getParentRoute: () => inside,
  path: "/access/policy",
  component: lazyRouteComponent(() => import("./trust/pages"), "PolicyPage"),
});
const audit = createRoute({
  getParentRoute: () => inside,
  path: "/audit",
  component: lazyRouteComponent(() => import("./audit/AuditPage"), "AuditPage"),
});
const unknown = createRoute({ getParentRoute: () => inside, path: "$", component: NotFound });

export const router = createRouter({
  routeTree: root.addChildren([
    signin,
    setup,
    inside.addChildren([
      home,
      dashboards,
      dashboard,
      receipt,
      account,
      keys,
      key,
      secrets,
      access,
      user,
      group,
      role,
      policy,
      audit,
      unknown,
    ]),
  ]),
  parseSearch,
  stringifySearch: (search) => stringifySearch(search as Search),
  scrollRestoration: true,
  defaultPendingMs: 200,
  // The innermost page shows its own fault, so that the frame around it stays of use.
  defaultErrorComponent: Failed,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** Remembers where the user was; the front page needs no remembering. */
function nextOf(href: string): Search {
  return href === "/" || href === "/dashboards" ? {} : { next: [href] };
}

function useToSignIn(): () => void {
  const navigate = useNavigate();
  return useCallback(() => {
    const { href, pathname } = router.state.location;
    if (pathname === "/signin") return;
    endSession();
    navigate({ to: "/signin", search: nextOf(href) as never, replace: true });
  }, [navigate]);
}

function Inside() {
  const toSignIn = useToSignIn();
  onSignedOut(toSignIn);
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  return (
    <LiveProvider onSignOut={toSignIn}>
      <Shell />
    </LiveProvider>
  );
}

function NotFound() {
  return (
    <Page title="Not found">
      <Empty title="There is no page at this address">
        It may have been renamed. <a href="/dashboards">See all dashboards</a>
      </Empty>
    </Page>
  );
}

function Failed({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main style={{ padding: 16 }}>
      <ProblemPanel
        whole
        doing="reading"
        problem={asProblem(error)}
        stepLabel="Try again"
        onStep={() => {
          reset();
          router.invalidate();
        }}
      />
    </main>
  );
}
