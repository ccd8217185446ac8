package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Picks by the request's key: the first endpoint of the key's sequence that the request has not tried. */
final class KeyPicker implements Picker {

    private final Endpoint[] endpoints;
    private final KeyTable table;
    private final Picker withoutKey;

    /**
     * @param endpoints the candidates, by the index that the table uses; not copied
     * @param table maps keys to candidates
     * @param withoutKey picks for a request without a key
     */
    KeyPicker(Endpoint[] endpoints, KeyTable table, Picker withoutKey) {
        this.endpoints = endpoints;
        this.table = table;
        this.withoutKey = withoutKey;
    }

    @Override
    public @Nullable Endpoint pick(PickContext context) {
        String key = context.key();
        if (key == null) {
            return withoutKey.pick(context);
        }
        int place = table.find(Hashing.XXH3.ofText(key));
        Endpoint first = endpoints[table.owner(place)];
        Set<Endpoint> tried = context.tried();
        return tried.isEmpty() || !tried.contains(first) ? first : untried(tried, place);
    }

    private Endpoint untried(Set<Endpoint> tried, int start) {
        int place = start;
        if (anyLeft(tried)) {
            while (tried.contains(endpoints[table.owner(place)])) {
                place = place + 1 < table.size() ? place + 1 : 0;
            }
        }
        return endpoints[table.owner(place)];
    }

    private boolean anyLeft(Set<Endpoint> tried) {
        return tried.size() < endpoints.length || !tried.containsAll(Arrays.asList(endpoints));
    }
}
