package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.HostGrammar;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Rehearsal;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Route;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a change would bring about.
 *
 * @param schema the version of this form
 * @param service the service's id
 * @param change what was asked
 * @param movedPercent how many of the keys, or of the traffic, go elsewhere
 * @param idealPercent the least that has to, for the shares to become so
 * @param exact whether that is computed rather than counted among many keys, and whatever the loads are
 * @param moves between whom most goes
 * @param endpoints the shares and loads of the endpoints, those first that change most
 * @param zones the shares and loads of the zones
 * @param verdict whether the change is harmless
 * @param because why not, or what else is to be known
 */
public record RehearsedChange(
        int schema,
        String service,
        Map<String, Object> change,
        double movedPercent,
        double idealPercent,
        boolean exact,
        List<Rehearsal.Move> moves,
        List<Rehearsal.EndpointShare> endpoints,
        List<Rehearsal.ZoneShare> zones,
        Rehearsal.Verdict verdict,
        List<String> because) {

    private static final Set<String> ATTRIBUTES = Set.of("weight", "zone", "version");

    /**
     * What a caller asks; each may be missing.
     *
     * @param remove the addresses that leave
     * @param add endpoints that come, such as {@code 10.0.0.9:8080;weight=2;zone=a}
     * @param weight weights that change, such as {@code 10.0.0.7:8080=50}
     * @param drainZone the zone that is to get no more requests
     * @param routePercent percents of routes that change, such as {@code ramp=10}
     * @param settings the strategy and its settings, by the names of the parameters; null for those that stay
     */
    record Question(
            List<String> remove,
            List<String> add,
            List<String> weight,
            @Nullable String drainZone,
            List<String> routePercent,
            Map<String, @Nullable String> settings) {

        private Map<String, Object> asked() {
            Map<String, Object> asked = new LinkedHashMap<>();
            asked.put("remove", removed());
            asked.put(
                    "add",
                    add.stream().map(each -> added(each, "zone").address()).toList());
            asked.put("weight", weights());
            asked.put("routePercent", percents());
            asked.values().removeIf(each -> each.equals(List.of()) || each.equals(Map.of()));
            if (drainZone != null) {
                asked.put("drainZone", drainZone);
            }
            settings.forEach((name, value) -> {
                if (value != null) {
                    asked.put(name, value);
                }
            });
            return asked;
        }

        private List<String> removed() {
            return remove.stream().map(each -> address("remove", each)).toList();
        }

        private Change change(EngineSettings present) {
            return new Change(
                    Set.copyOf(removed()),
                    add.stream()
                            .map(each -> added(each, present.zone().metadataKey()))
                            .toList(),
                    weights(),
                    drainZone,
                    settings(present));
        }

        private Map<String, Double> weights() {
            Map<String, Double> weights = new LinkedHashMap<>();
            for (String each : weight) {
                int equals = each.lastIndexOf('=');
                require(equals > 0, "weight must be host:port=number", each);
                weights.put(address("weight", each.substring(0, equals)), weight("weight", each.substring(equals + 1)));
            }
            return weights;
        }

        private Map<String, Double> percents() {
            Map<String, Double> percents = new LinkedHashMap<>();
            for (String each : routePercent) {
                int equals = each.lastIndexOf('=');
                require(equals > 0, "routePercent must be route=number", each);
                percents.put(each.substring(0, equals), number("routePercent", each.substring(equals + 1)));
            }
            return percents;
        }

        /** Rehearsals are of requests of which nothing is known: those take the first route without conditions. */
        private List<Route> routes(List<Route> present) {
            Map<String, Double> percents = percents();
            Route taken = present.stream()
                    .filter(each -> each.when().isEmpty())
                    .findFirst()
                    .orElse(null);
            percents.keySet()
                    .forEach(name -> require(
                            taken != null
                                    && taken.name().equals(name)
                                    && taken.split().size() == 1,
                            "routePercent must name the first route without conditions, whose split must have one part,",
                            name));
            return present.stream()
                    .map(each -> percents.isEmpty() || !each.equals(taken)
                            ? each
                            : each.withPercent(Objects.requireNonNull(percents.get(each.name()))))
                    .toList();
        }

        private static double weight(String name, String text) {
            double weight = number(name, text);
            require(weight >= 0 && weight <= Endpoint.MAX_WEIGHT, name + " must be 0.." + Endpoint.MAX_WEIGHT, text);
            return weight;
        }

        private static Endpoint added(String text, String zoneKey) {
            List<String> parts = Arrays.asList(text.split(";"));
            Map<String, String> attributes = new LinkedHashMap<>();
            for (String part : parts.subList(1, parts.size())) {
                String[] pair = part.split("=", 2);
                require(
                        pair.length == 2 && ATTRIBUTES.contains(pair[0]),
                        "add must be host:port, and behind it ;weight=, ;zone= or ;version=",
                        text);
                attributes.put(pair[0].equals("zone") ? zoneKey : pair[0], pair[1]);
            }
            String weight = attributes.remove("weight");
            return endpoint("add", parts.get(0))
                    .withMetadata(attributes)
                    .withWeight(weight == null ? Endpoint.DEFAULT_WEIGHT : weight("add's weight", weight));
        }

        /** The address that a text is, as the endpoints have theirs. */
        static String address(String name, String text) {
            return endpoint(name, text).address();
        }

        private static Endpoint endpoint(String name, String text) {
            return HostGrammar.endpoint(text)
                    .orElseThrow(() -> new IllegalArgumentException(
                            name + " must be host:port but was '" + Printable.of(text) + "'"));
        }

        private EngineSettings settings(EngineSettings present) {
            StrategySettings all = present.strategySettings();
            ConsistentHashSettings now = all.consistentHash();
            String strategy = settings.get("strategy");
            String table = settings.get("tableSize");
            String bound = settings.get("boundedLoad");
            return present.with(
                    strategy == null ? present.strategy() : strategy,
                    new StrategySettings(
                            new ConsistentHashSettings(
                                    algorithm(now),
                                    whole("virtualNodes", now.virtualNodes()),
                                    table == null ? now.tableSize() : Integer.valueOf(whole("tableSize", 0)),
                                    bound == null ? now.boundedLoad() : Double.valueOf(number("boundedLoad", bound)),
                                    whole("replicas", now.replicas()),
                                    now.identity(),
                                    now.whenMissing()),
                            all.choiceCount(),
                            all.maxWeightRatio()),
                    routes(present.routes()));
        }

        private Algorithm algorithm(ConsistentHashSettings now) {
            String asked = settings.get("algorithm");
            if (asked == null) {
                return now.algorithm();
            }
            return Arrays.stream(Algorithm.values())
                    .filter(each -> each.name().equalsIgnoreCase(asked))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("algorithm must be one of "
                            + Arrays.toString(Algorithm.values()).toLowerCase(Locale.ROOT) + " but was '"
                            + Printable.of(asked) + "'"));
        }

        private int whole(String name, int otherwise) {
            String text = settings.get(name);
            double number = text == null ? otherwise : number(name, text);
            require(number == Math.rint(number), name + " must be a whole number", String.valueOf(text));
            return (int) number;
        }

        private static double number(String name, String text) {
            try {
                return Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " must be a number but was '" + Printable.of(text) + "'", e);
            }
        }

        private static void require(boolean holds, String requirement, String text) {
            if (!holds) {
                throw new IllegalArgumentException(requirement + " but was '" + Printable.of(text) + "'");
            }
        }
    }

    /**
     * Rehearses.
     *
     * @param most how many endpoints to show at most
     * @throws IllegalArgumentException if the question is no question, or the service cannot be changed so
     * @throws Rehearsals.Unavailable if that is not possible now
     */
    static RehearsedChange of(ServiceEngine engine, Rehearsals rehearsals, Question question, int most) {
        Map<String, Object> asked = question.asked();
        if (asked.isEmpty()) {
            throw new IllegalArgumentException("say what is to change: remove=host:port, add=host:port;weight=2;zone=a,"
                    + " weight=host:port=50, drainZone=, routePercent=ramp=10, strategy= or algorithm=");
        }
        return of(engine, asked, rehearsals.rehearse(engine, question.change(engine.settings())), most);
    }

    /**
     * What was rehearsed.
     *
     * @param asked what was asked
     * @param most how many endpoints to show at most
     */
    public static RehearsedChange of(ServiceEngine engine, Map<String, Object> asked, Rehearsal rehearsal, int most) {
        List<Rehearsal.EndpointShare> endpoints = rehearsal.endpoints();
        return new RehearsedChange(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                asked,
                rehearsal.movedPercent(),
                rehearsal.idealPercent(),
                rehearsal.exact(),
                rehearsal.moves(),
                endpoints.subList(0, Math.min(most, endpoints.size())),
                rehearsal.zones(),
                rehearsal.verdict(),
                rehearsal.because());
    }
}
