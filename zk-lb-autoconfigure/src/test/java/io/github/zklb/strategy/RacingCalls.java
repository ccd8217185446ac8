package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls of several threads through a picker with a bound, each looked at as it is picked. What other threads do meanwhile
 * is not known exactly, but between two numbers: a counter raised before something happens never lags behind it, and one
 * raised after it never runs ahead. A counter read before a pick or after it holds for every moment of the pick accordingly.
 */
final class RacingCalls {

    private final Picker plain;
    private final Picker bounded;
    private final double bound;
    private final CallLoads loads;
    private final double weights;
    private final Map<Endpoint, Account> accounts;

    private final AtomicLong beforePicks = new AtomicLong();
    private final AtomicLong afterPicks = new AtomicLong();
    private final AtomicLong beforeEnds = new AtomicLong();
    private final AtomicLong afterEnds = new AtomicLong();
    private final AtomicLong overflows = new AtomicLong();

    /**
     * @param hosts among which is picked
     * @param plain gives the owner of a key
     * @param bounded picks by key, within the bound
     * @param bound how far above its share an endpoint may be loaded
     * @param loads counts the calls, for the bounded picker
     */
    RacingCalls(HostSet hosts, Picker plain, Picker bounded, double bound, CallLoads loads) {
        this.plain = plain;
        this.bounded = bounded;
        this.bound = bound;
        this.loads = loads;
        this.weights = hosts.endpoints().stream().mapToDouble(Endpoint::weight).sum();
        this.accounts = new IdentityHashMap<>();
        hosts.endpoints().forEach(endpoint -> accounts.put(endpoint, new Account(endpoint)));
    }

    /** How many keys have not been sent to their owners. */
    long overflows() {
        return overflows.get();
    }

    /** Picks and sends. Fails if the endpoint was above its bound, or is not the owner though that had room. */
    InFlight start(String key) {
        Account owner = account(plain, key);
        long picksBefore = afterPicks.get();
        long endsBefore = afterEnds.get();
        long ownersEndsBefore = owner.afterEnds.get();
        long number = beforePicks.incrementAndGet();
        Account picked = account(bounded, key);
        if (picked != owner) {
            overflows.incrementAndGet();
            owner.assertFull(ownersEndsBefore, picksBefore);
        }
        long seen = beforePicks.get();
        return picked.start(new Pick(number, seen, seen - endsBefore));
    }

    private Account account(Picker picker, String key) {
        return Objects.requireNonNull(accounts.get(picker.pick(PickContext.ofKey(key))));
    }

    /** How many of these requests an endpoint may have. */
    long limit(Endpoint endpoint, long inFlight) {
        return Math.max(BoundedLoad.FLOOR, (long) Math.ceil(bound * inFlight * endpoint.weight() / weights - 1e-9));
    }

    /**
     * A pick that has been made.
     *
     * @param number its place in the order in which picks began
     * @param seen the number of the last pick that began before this one was over
     * @param mostInFlight no more were in flight at any moment of it, itself included
     */
    private record Pick(long number, long seen, long mostInFlight) {}

    /** A call that has not ended. */
    final class InFlight {
        private final Account account;
        private final Pick pick;
        private final Call call;

        private InFlight(Account account, Pick pick, Call call) {
            this.account = account;
            this.pick = pick;
            this.call = call;
        }

        void end() {
            account.forget(pick);
            beforeEnds.incrementAndGet();
            call.succeeded();
            account.afterEnds.incrementAndGet();
            afterEnds.incrementAndGet();
        }
    }

    /** The calls to one endpoint. */
    private final class Account {
        private final Endpoint endpoint;
        private final AtomicLong afterPicks = new AtomicLong();
        private final AtomicLong afterEnds = new AtomicLong();
        private final List<Pick> inFlight = new ArrayList<>();

        Account(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        InFlight start(Pick pick) {
            afterPicks.incrementAndGet();
            RacingCalls.this.afterPicks.incrementAndGet();
            assertWithinBound(pick);
            return new InFlight(this, pick, loads.of(endpoint).start());
        }

        /**
         * All that are noted here are in flight now. The one of them that was picked last had the others before it, and it
         * was over no earlier than the one that began last began; so one of those of which that is true must have had room.
         */
        private synchronized void assertWithinBound(Pick pick) {
            inFlight.add(pick);
            long lastBegun = inFlight.stream().mapToLong(Pick::number).max().orElseThrow();
            long most = inFlight.stream()
                    .filter(other -> other.seen() >= lastBegun)
                    .mapToLong(Pick::mostInFlight)
                    .max()
                    .orElseThrow();
            assertThat((long) inFlight.size())
                    .as("in flight to %s of at most %d", endpoint, most)
                    .isLessThanOrEqualTo(limit(endpoint, most));
        }

        /** That a pick which is not over and went elsewhere can have found no room here. */
        void assertFull(long endsBefore, long picksBefore) {
            long picksOver = RacingCalls.this.afterPicks.get();
            long notOver = beforePicks.get() - picksOver - 1; // May be here; the pick itself is not.
            long most = afterPicks.get() + notOver - endsBefore;
            long leastInAll = picksBefore - beforeEnds.get();
            assertThat(most)
                    .as("in flight to %s of at least %d", endpoint, leastInAll)
                    .isGreaterThanOrEqualTo(limit(endpoint, leastInAll + 1));
        }

        synchronized void forget(Pick pick) {
            inFlight.remove(pick);
        }
    }
}
