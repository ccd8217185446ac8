package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.KeyMap.Passed;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route.Group;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pick that was made, and why, in words for the log. They are of what is published now; the key is not in them. */
public final class PickWords {

    private final Published now;
    private final PickContext context;
    private final @Nullable Group group;
    private final RouteGroups.@Nullable Member member;
    private final Candidates candidates;

    private PickWords(Published now, PickContext context, @Nullable Group group) {
        Snapshot snapshot = now.snapshot();
        this.now = now;
        this.context = context;
        this.group = group;
        this.member =
                snapshot == null || group == null ? null : snapshot.groups().member(group);
        this.candidates = member == null
                ? now.candidates()
                : member.among(now.candidates().hosts());
    }

    /**
     * A pick in words. O(n).
     *
     * @param group where the request belongs; null if the service has no routes
     * @param address where it goes; null if nowhere
     * @param none why nowhere, if that is known
     */
    public static String of(
            ServiceEngine engine,
            PickContext context,
            @Nullable Group group,
            @Nullable String address,
            @Nullable String none) {
        PickWords words = new PickWords(engine.snapshots().published(), context, group);
        Endpoint picked = words.candidates.hosts().endpoints().stream()
                .filter(each -> each.address().equals(address))
                .findFirst()
                .orElse(null);
        return "picked " + (address == null ? "no instance" : Printable.of(address))
                + (picked == null ? "" : words.treated(picked))
                + " by " + engine.settings().strategy()
                + (context.key() == null ? ", without a key, " : ", with a key, ")
                + context.tried().size() + " tried before"
                + words.routed(picked)
                + (picked == null ? "" : words.passed(picked))
                + (none == null ? "" : ": " + none.replaceAll("[^ -~]", "?"));
    }

    private String treated(Endpoint picked) {
        return " (tier " + candidates.tier(picked) + ", "
                + Objects.requireNonNullElse(KeySequence.reason(candidates, picked, any -> true), "SERVING") + ')';
    }

    private String routed(@Nullable Endpoint picked) {
        if (group == null || member == null) {
            return "";
        }
        String to = group.isBase()
                ? "the base"
                : "the group " + Printable.of(group.to().toString());
        return (picked == null ? ", for " : member.own().contains(picked) ? ", of " : ", outside of ")
                + to
                + (group.route().isEmpty() ? "" : " of route " + group.route());
    }

    /** Who comes before it for the key, and why the key was passed on. */
    private String passed(Endpoint picked) {
        Snapshot snapshot = now.snapshot();
        String key = context.key();
        KeyMap keys = snapshot == null || key == null
                ? null
                : KeyMap.of(member == null ? snapshot.first() : TieredPicker.asked(member.plain(), context.tried()));
        if (keys == null || key == null) {
            return "";
        }
        Map<Endpoint, Passed> passed = keys.passed(KeyMap.hash(key), picked, context.tried());
        return passed.entrySet().stream()
                .findFirst()
                .map(first -> {
                    String why = KeySequence.reason(candidates, first.getKey(), first.getValue());
                    return ", passed on by " + Printable.of(first.getKey().address())
                            + (why == null ? "" : " (" + why + ')')
                            + (passed.size() > 1 ? " and " + (passed.size() - 1) + " more" : "");
                })
                .orElse("");
    }
}
