package io.github.zklb.calls;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Reference;

/** The body of a counted call's answer, which ends the call when it has ended, breaks off or is closed. For one reader at a time. */
public final class CountedBody extends FilterInputStream {

    private final CountedCall call;
    private final Object reader;

    /**
     * A body that was not read yet.
     *
     * @param reader what the call was told to be read by; it is reachable as long as this is
     */
    public CountedBody(InputStream body, CountedCall call, Object reader) {
        super(body);
        this.call = call;
        this.reader = reader;
    }

    @Override
    public int read() throws IOException {
        try {
            return counted(super.read());
        } catch (IOException broken) {
            call.bodyEnded();
            throw broken;
        }
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            return counted(super.read(bytes, offset, length));
        } catch (IOException broken) {
            call.bodyEnded();
            throw broken;
        }
    }

    private int counted(int read) {
        if (read < 0) {
            call.bodyEnded();
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        try {
            super.close();
        } finally {
            call.bodyEnded();
            Reference.reachabilityFence(reader);
        }
    }
}
