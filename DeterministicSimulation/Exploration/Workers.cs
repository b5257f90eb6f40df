namespace DeterministicSimulation;

/// <summary>Runs work on several threads while the calling thread reports progress.</summary>
public static class Workers
{
    private static readonly TimeSpan _progressInterval = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs work on each thread until it returns.</summary>
    /// <param name="what">What the work is, in a few words: the name of the threads, and of a failure.</param>
    /// <param name="count">How many threads.</param>
    /// <param name="work">
    /// The work of one thread. Its token is cancelled where the caller stops, and where the work of another thread has failed.
    /// </param>
    /// <param name="wait">
    /// Called on the calling thread now and then. What it throws ends the call: the token of the work is cancelled, and the threads are
    /// left behind, because a thread that never returns can only be left.
    /// </param>
    /// <param name="interval">How often <paramref name="wait"/> is called; null: four times a second.</param>
    /// <param name="stop">Ends the work early.</param>
    /// <exception cref="InvalidOperationException">The work of a thread has thrown; the inner exception says what.</exception>
    public static void Run(
        string what,
        int count,
        Action<CancellationToken> work,
        Action wait,
        TimeSpan? interval = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(wait);

        // It is not disposed: a thread that is left behind still looks at it.
        var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, count).Select(_ => new Thread(RunWork) { IsBackground = true, Name = what }),
        ];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            while (!thread.Join(interval ?? _progressInterval))
            {
                Wait();
            }
        }

        if (failure is not null)
        {
            throw new InvalidOperationException($"{what} failed: {failure.Message}", failure);
        }

        void Wait()
        {
            try
            {
                wait();
            }
            catch
            {
                end.Cancel();
                throw;
            }
        }

        void RunWork()
        {
            try
            {
                work(end.Token);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                // Whoever stopped it knows.
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
                end.Cancel();
            }
        }
    }
}
