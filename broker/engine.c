#include "broker/engine.h"

#include "common/clock.h"

static void submit_local(struct engine *engine, struct engine_batch *batch)
{
    batch->at =
        (struct moment){.wall_ms = clock_wall_ms(), .mono_ms = clock_mono_ms()};
    engine->apply(engine->context, batch);
}

struct engine engine_local(engine_apply_fn *apply, void *context)
{
    return (struct engine){
        .apply = apply, .context = context, .submit = submit_local};
}
