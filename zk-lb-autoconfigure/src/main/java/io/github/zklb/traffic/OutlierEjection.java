package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Ejects endpoints whose calls fail, and takes them back after a time. A sweep looks at the calls since the last one. An
 * endpoint is known by its address, and forgotten when a host set is without it. For one thread at a time.
 */
public final class OutlierEjection {

    private final LongSupplier nanoTime;
    private final Map<String, Past> pasts = new HashMap<>();

    /**
     * With nothing ejected.
     *
     * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
     */
    public OutlierEjection(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Takes back whose time is over, ejects whose calls failed, the worst first, and says what is ejected now.
     *
     * @param hosts the endpoints that there are; the drained ones do not count
     * @param loads the accounting of the calls
     * @param settings the present settings
     */
    public Ejections sweep(HostSet hosts, CallLoads loads, OutlierEjectionSettings settings) {
        long now = nanoTime.getAsLong();
        Map<String, CallLoad> serving = hosts.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .collect(Collectors.toMap(Endpoint::address, loads::of, (a, b) -> a));
        if (!settings.enabled()) {
            pasts.clear();
            serving.values().forEach(CallLoad::takeOutcomes);
            return Ejections.NONE;
        }
        pasts.keySet().retainAll(serving.keySet());
        List<String> offenders = judge(serving, now, settings);
        long ejected = pasts.values().stream().filter(Past::ejected).count();
        long room = (long) serving.size() * settings.maxEjectedPercent() / 100 - ejected;
        offenders.stream()
                .limit(Math.max(0, room))
                .forEach(address -> pasts.put(
                        address, pasts.getOrDefault(address, Past.BLAMELESS).eject(now, settings)));
        return ejections(serving.size(), settings);
    }

    /**
     * Takes back whose time is over. Of the others, gives those who deserve ejection, by error rate; to one that does well,
     * an ejection of the past is forgiven.
     */
    private List<String> judge(Map<String, CallLoad> serving, long now, OutlierEjectionSettings settings) {
        Map<String, Double> errorRates = new HashMap<>();
        serving.forEach((address, load) -> {
            CallLoad.Outcomes outcomes = load.takeOutcomes();
            Past past = pasts.getOrDefault(address, Past.BLAMELESS);
            if (past.ejected()) {
                if (now - past.until() >= 0) {
                    pasts.put(address, past.released());
                    load.forgetErrors();
                }
            } else if (settings.condemns(outcomes)) {
                errorRates.put(address, (double) outcomes.errors() / outcomes.calls());
            } else if (outcomes.calls() > 0) {
                pasts.put(address, past.forgiven());
            }
        });
        return errorRates.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    private Ejections ejections(int serving, OutlierEjectionSettings settings) {
        Set<String> ejected = pasts.entrySet().stream()
                .filter(entry -> entry.getValue().ejected())
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        int left = serving - ejected.size();
        return new Ejections(ejected, 100L * left < (long) settings.panicThresholdPercent() * serving);
    }

    /**
     * What is remembered of an endpoint.
     *
     * @param ejected whether it is ejected
     * @param number how many ejections count against it
     * @param until when the last one ends
     */
    private record Past(boolean ejected, int number, long until) {

        static final Past BLAMELESS = new Past(false, 0, 0);

        Past eject(long now, OutlierEjectionSettings settings) {
            return new Past(true, number + 1, now + settings.ejectionNanos(number + 1));
        }

        Past released() {
            return new Past(false, number, until);
        }

        Past forgiven() {
            return new Past(false, Math.max(0, number - 1), until);
        }
    }
}
