package io.github.zklb.calls;

import java.util.Collection;

/** Keeps the addresses that refused a call. */
public record RefusalListener(Collection<String> refusals) implements CountedCall.Listener {

    @Override
    public void answered(String address, int status) {}

    @Override
    public void failed(String address, boolean refused) {
        if (refused) {
            refusals.add(address);
        }
    }
}
