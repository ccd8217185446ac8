package io.github.zklb.springcloud.feign;

import feign.Response;
import io.github.zklb.calls.CountedBody;
import io.github.zklb.calls.CountedCall;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** The body of a response of Feign's, which keeps its call in flight until it has ended, or until it is closed. */
record CountedFeignBody(Response.Body body, CountedCall call) implements Response.Body {

    @Override
    public InputStream asInputStream() throws IOException {
        return new CountedBody(body.asInputStream(), call, this);
    }

    @Override
    public Reader asReader(Charset charset) throws IOException {
        return new InputStreamReader(asInputStream(), charset);
    }

    @Override
    public @Nullable Integer length() {
        return body.length();
    }

    @Override
    public boolean isRepeatable() {
        return body.isRepeatable();
    }

    @Override
    public void close() throws IOException {
        try {
            body.close();
        } finally {
            call.bodyEnded();
        }
    }
}
