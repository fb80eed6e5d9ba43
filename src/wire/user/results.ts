// Results: references, and the stored bytes.
import { Type } from 'typebox';
import { KeyTexts, Latin1Text } from '../bodies.ts';
import { endpoints } from '../endpoint.ts';

export const RESULT_ENDPOINTS = endpoints({
  getTransformationResults: {
    method: 'GET',
    path: '/transformations/:transformation/results',
    rule: 'path',
    summary: 'References of the successful results of a transformation',
    response: KeyTexts,
  },
  getTransformationFailures: {
    method: 'GET',
    path: '/transformations/:transformation/failures',
    rule: 'path',
    summary: 'References of the failed results of a transformation',
    response: KeyTexts,
  },
  getTaskResults: {
    method: 'GET',
    path: '/tasks/:task/results',
    rule: 'path',
    summary: 'References of the successful results of a task',
    response: KeyTexts,
  },
  getTaskFailures: {
    method: 'GET',
    path: '/tasks/:task/failures',
    rule: 'path',
    summary: 'References of the failed results of a task',
    response: KeyTexts,
  },
  getResult: {
    method: 'GET',
    path: '/transformations/:transformation/:route/:ref',
    rule: 'path',
    summary: 'The stored bytes of one result; :route is results or failures',
    params: Type.Object({ route: Type.String({ enum: ['results', 'failures'] }) }),
    response: Type.Array(Latin1Text, { minItems: 1, maxItems: 1 }),
    writesJson: true,
  },
});
