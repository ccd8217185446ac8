package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;

/** A strategy that gives an endpoint as much of its share as it accepts. */
interface AcceptingStrategy extends Strategy {

    @Override
    default Picker newPicker(HostSet hosts) {
        return newPicker(hosts, Acceptance.FULL);
    }

    @Override
    Picker newPicker(HostSet hosts, Acceptance acceptance);
}
