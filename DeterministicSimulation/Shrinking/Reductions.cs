namespace DeterministicSimulation;

/// <summary>Reductions of a list of decisions. The first decision, which is the beginning of the schedule, is always kept.</summary>
internal static class Reductions
{
    extension(IReadOnlyList<Decision> decisions)
    {
        /// <summary>The places of the decisions for which a condition holds.</summary>
        public int[] Places(Func<Decision, bool> which) =>
            [.. Enumerable.Range(1, decisions.Count - 1).Where(place => which(decisions[place]))];

        /// <summary>The decisions without those at some places.</summary>
        /// <param name="places">The places, in ascending order.</param>
        public Decision[] Without(ReadOnlySpan<int> places)
        {
            var without = new List<Decision>(decisions.Count);
            for (var place = 0; place < decisions.Count; place++)
            {
                if (places.BinarySearch(place) < 0)
                {
                    without.Add(decisions[place]);
                }
            }

            return [.. without];
        }

        /// <summary>
        /// The decisions without those at some places. Messages whose deliveries are left out stay in flight: later deliveries of the same
        /// shape overtake them.
        /// </summary>
        /// <param name="places">The places, in ascending order.</param>
        /// <returns>Null if no later delivery has the same shape: the result would be that of <c>Without</c>.</returns>
        public Decision[]? Overtaking(ReadOnlySpan<int> places)
        {
            var overtaken = new List<Decision>(places.Length);
            var others = new List<Decision>(decisions.Count);
            var any = false;
            for (var place = 0; place < decisions.Count; place++)
            {
                var decision = decisions[place];
                if (places.BinarySearch(place) >= 0)
                {
                    overtaken.Add(decision);
                    continue;
                }

                var older = decision.Operation.Kind == OperationKind.Delivery
                    ? overtaken.Count(one => one.Operation == decision.Operation)
                    : 0;
                others.Add(older > 0 ? decision with { Rank = decision.Rank + older } : decision);
                any |= older > 0;
            }

            return any ? [.. others] : null;
        }

        /// <summary>The decisions with another one at a place.</summary>
        public Decision[] With(int place, Decision decision)
        {
            Decision[] with = [.. decisions];
            with[place] = decision;
            return with;
        }

        /// <summary>The decisions without those that only continue earlier operations.</summary>
        public Decision[] WithoutImplied() => [.. decisions.Where((decision, place) => place == 0 || !decision.IsImplied)];

        /// <summary>The decisions that are about some of the servers, which are renumbered.</summary>
        /// <param name="servers">The number of servers.</param>
        /// <param name="kept">The servers that are kept, as a bit set whose lowest bit is the first server.</param>
        public Decision[] Among(int servers, int kept)
        {
            int NumberOf(int server) => (kept >> server & 1) == 1 ? int.PopCount(kept & ((2 << server) - 1)) : 0;
            int[] numbers = [0, .. Enumerable.Range(0, servers).Select(NumberOf)];
            return [.. decisions.Select(decision => decision.Renumbered(numbers)).OfType<Decision>()];
        }

        /// <summary>
        /// Every list of decisions that leaves out one decision, or one fault that struck a message, with the name of what is left out.
        /// Later decisions come first.
        /// </summary>
        public IEnumerable<(string What, Decision[] Decisions)> WithoutEach()
        {
            for (var i = decisions.Count - 1; i > 0; i--)
            {
                var decision = decisions[i];
                yield return ($"{i}: {decision.Operation}", decisions.Without([i]));
                if (decisions.Overtaking([i]) is { } overtaking)
                {
                    yield return ($"{i}: {decision.Operation}, which stays in flight", overtaking);
                }

                foreach (var fault in decision.Faults)
                {
                    var without = decision with { Faults = [.. decision.Faults.Where(one => one != fault)] };
                    yield return ($"{i}: {fault}", decisions.With(i, without));
                }
            }
        }
    }
}
